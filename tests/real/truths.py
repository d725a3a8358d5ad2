"""Counts about the two public data sets, made without any engine.

Source: counted from the files themselves (UCI 498, doi:10.24432/C57S4H, csv sha256 fd184bbf…; and
data.police.uk, City of London, 2016-01 to 2017-06), and counted again by scan.py in every run. An
event is known at T when its time is <= T; a case is open at T when its last known event (equal
times: the later in the file) does not close it; age is T minus its first event; older than is
strict.
"""

UCI_SHA256 = "fd184bbfd62329cfe093e99da2ea7071905f2ead91900b448eb2635870821bef"
UCI_ROWS = 141712
UCI_CASES = 24918

# Each figure at the three instants, in their order. Groups: the fifteen largest. `?` is no group.
_UCI_TIMES = ("2016-04-01T00:00:00Z", "2016-06-01T00:00:00Z", "2016-12-01T00:00:00Z")
_UCI_FIGURES = {
    "open": (3346, 2037, 65),
    "closed": (5856, 22606, 24667),
    "older_than": (
        {"P7D": 1631, "P30D": 36},
        {"P7D": 1076, "P30D": 431},
        {"P7D": 65, "P30D": 59},
    ),
    "by_state": (
        {"Resolved": 1865, "Active": 587, "Awaiting User Info": 544, "New": 314,
         "Awaiting Problem": 36},
        {"Resolved": 857, "Active": 456, "New": 351, "Awaiting User Info": 332,
         "Awaiting Vendor": 22, "Awaiting Problem": 19},
        {"Awaiting User Info": 22, "Resolved": 18, "Active": 7, "Awaiting Evidence": 7, "New": 7,
         "Awaiting Vendor": 4},
    ),
    "by_priority": (
        {"3 - Moderate": 3142, "4 - Low": 116, "2 - High": 45, "1 - Critical": 43},
        {"3 - Moderate": 1913, "4 - Low": 65, "2 - High": 30, "1 - Critical": 29},
        {"3 - Moderate": 58, "4 - Low": 6, "1 - Critical": 1},
    ),
    "by_group": (
        {"Group 70": 681, "?": 538, "Group 25": 215, "Group 72": 140, "Group 10": 130,
         "Group 9": 117, "Group 24": 104, "Group 20": 98, "Group 39": 98, "Group 57": 73,
         "Group 64": 73, "Group 66": 72, "Group 73": 68, "Group 23": 61, "Group 22": 59},
        {"Group 70": 486, "Group 9": 236, "Group 20": 150, "Group 25": 89, "?": 64, "Group 66": 63,
         "Group 10": 48, "Group 3": 48, "Group 24": 47, "Group 31": 45, "Group 65": 43,
         "Group 27": 42, "Group 22": 39, "Group 57": 37, "Group 29": 36},
        {"Group 9": 15, "Group 15": 6, "Group 31": 6, "Group 66": 6, "Group 25": 4, "Group 35": 4,
         "Group 20": 3, "Group 65": 3, "Group 3": 2, "Group 57": 2, "Group 13": 1, "Group 16": 1,
         "Group 18": 1, "Group 22": 1, "Group 33": 1},
    ),
    "unassigned": (347, 187, 6),
    "closed_with_sla_missed": (3361, 7687, 8990),
}
UCI_INSTANTS = {time: {figure: at[i] for figure, at in _UCI_FIGURES.items()}
                for i, time in enumerate(_UCI_TIMES)}

POLICE_CRIME_ROWS = 10118
POLICE_CRIME_ROWS_WITHOUT_ID = 1980
POLICE_CASES = 8138
POLICE_OUTCOME_ROWS = 9136
POLICE_OUTCOME_ROWS_REPEATED = 197
POLICE_OUTCOMES_BEFORE_THEIR_CRIME = 19
POLICE_CRIMES_WITH_AN_OUTCOME = 7876
POLICE_OF_THOSE_KNOWN = 6717
POLICE_CRIMES_WITH_TWO_OUTCOMES = 1011

# Rows, the exactly repeated ones included.
POLICE_OUTCOMES_BY_TYPE = {
    "Investigation complete; no suspect identified": 4726,
    "Suspect charged": 1389,
    "Unable to prosecute suspect": 1124,
    "Offender sent to prison": 466,
    "Offender given a caution": 326,
    "Local resolution": 174,
    "Offender fined": 160,
    "Offender given suspended prison sentence": 140,
    "Offender given a drugs possession warning": 111,
    "Offender given community sentence": 111,
    "Formal action is not in the public interest": 101,
    "Defendant found not guilty": 96,
    "Offender given conditional discharge": 63,
    "Offender given penalty notice": 47,
    "Court case unable to proceed": 37,
    "Offender otherwise dealt with": 18,
    "Further investigation is not in the public interest": 14,
    "Suspect charged as part of another case": 10,
    "Defendant sent to Crown Court": 8,
    "Offender deprived of property": 8,
    "Offender ordered to pay compensation": 4,
    "Action to be taken by another organisation": 3,
}

POLICE_OPEN_AT_MONTH_END = {
    "2016-01": 273, "2016-02": 464, "2016-03": 575, "2016-04": 680, "2016-05": 767,
    "2016-06": 817, "2016-07": 934, "2016-08": 929, "2016-09": 1029, "2016-10": 1046,
    "2016-11": 962, "2016-12": 1160, "2017-01": 1119, "2017-02": 995, "2017-03": 1037,
    "2017-04": 1161, "2017-05": 1324, "2017-06": 1421,
}

POLICE_OPEN_BY_CRIME_TYPE = {
    "2016-06": {"Violence and sexual offences": 218, "Other theft": 157, "Shoplifting": 77,
                "Burglary": 64, "Bicycle theft": 58, "Theft from the person": 53,
                "Public order": 49, "Vehicle crime": 40, "Drugs": 36,
                "Criminal damage and arson": 31, "Other crime": 24, "Possession of weapons": 5,
                "Robbery": 5},
    "2016-12": {"Violence and sexual offences": 311, "Other theft": 280, "Shoplifting": 106,
                "Burglary": 86, "Theft from the person": 69, "Public order": 67, "Drugs": 66,
                "Criminal damage and arson": 50, "Other crime": 47, "Vehicle crime": 33,
                "Bicycle theft": 29, "Possession of weapons": 8, "Robbery": 8},
    "2017-06": {"Violence and sexual offences": 363, "Other theft": 332, "Shoplifting": 148,
                "Theft from the person": 96, "Burglary": 87, "Public order": 86, "Drugs": 85,
                "Bicycle theft": 63, "Other crime": 55, "Criminal damage and arson": 53,
                "Vehicle crime": 24, "Robbery": 19, "Possession of weapons": 10},
}
